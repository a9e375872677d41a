import ArgumentParser

/// Flags of Alertmanager for things that work in another way here; the help of each says how.
///
/// They are read as strictly as Alertmanager reads them, so that a slip is noticed here too.
struct IgnoredAlertmanagerOptions: ParsableArguments {
    @Option(name: .customLong("data.maintenance-interval"), help: "Redis writes everything down at once.")
    var maintenanceInterval: GoDurationOption?

    @Option(name: .customLong("alerts.gc-interval"), help: "An alert is forgotten when it has ended and was told of.")
    var gcInterval: GoDurationOption?

    @Option(
        name: .customLong("alerts.per-alertname-limit"),
        help: "A tenant has limits on its rate and its queue instead.")
    var alertnameLimit: Int?

    @Option(name: .customLong("dispatch.maintenance-interval"), help: "A group is forgotten when its last alert is.")
    var dispatchInterval: GoDurationOption?

    @Option(
        name: .customLong("dispatch.start-delay"),
        help: "Groups survive a restart, so nothing has to be waited for.")
    var startDelay: GoDurationOption?

    @Option(name: .customLong("web.ui-path"), help: "There is no web page to read from files.")
    var uiPath: String?

    @Option(name: .customLong("template.default"), help: "The default templates are part of the program.")
    var defaultTemplate: String?

    @Option(name: .customLong("enable-feature"), help: "What it would turn on is on, or is not there.")
    var features: [String] = []

    @Option(name: .customLong("auto-gomemlimit.ratio"), help: "There is no garbage collector.")
    var memoryRatio: String?

    @Flag(name: .customLong("auto-gomemlimit"), help: "There is no garbage collector.")
    var limitsMemory = false

    @Flag(name: .customLong("log.silences"), help: "Silences are shown by the API and not logged.")
    var logsSilences = false

    @Option(name: .customLong("cluster.peer-timeout"), help: "Nodes share a queue: none waits for another.")
    var peerTimeout: GoDurationOption?

    @Option(name: .customLong("cluster.peers-resolve-timeout"), help: "A node is looked for until it is found.")
    var resolveTimeout: GoDurationOption?

    @Option(name: .customLong("cluster.gossip-interval"), help: "Nodes meet in Redis and do not gossip.")
    var gossipInterval: GoDurationOption?

    @Option(name: .customLong("cluster.pushpull-interval"), help: "Nodes meet in Redis and do not gossip.")
    var pushPullInterval: GoDurationOption?

    @Option(name: .customLong("cluster.tcp-timeout"), help: "Connections to Redis have bounds of their own.")
    var tcpTimeout: GoDurationOption?

    @Option(name: .customLong("cluster.probe-timeout"), help: "A node that stops beating for 4s is taken for dead.")
    var probeTimeout: GoDurationOption?

    @Option(name: .customLong("cluster.probe-interval"), help: "Nodes beat every second.")
    var probeInterval: GoDurationOption?

    @Option(name: .customLong("cluster.settle-timeout"), help: "There is nothing to settle: all nodes see the same.")
    var settleTimeout: GoDurationOption?

    @Option(name: .customLong("cluster.reconnect-interval"), help: "Redis is tried again every 200ms.")
    var reconnectInterval: GoDurationOption?

    @Option(name: .customLong("cluster.reconnect-timeout"), help: "Redis is tried again for ever.")
    var reconnectTimeout: GoDurationOption?

    @Option(name: .customLong("cluster.peer-name"), help: "A node's name is its host's and a number.")
    var peerName: String?

    @Flag(
        name: .customLong("cluster.allow-insecure-public-advertise-address-discovery"),
        help: "A node's address is never guessed to be a public one.")
    var allowsPublicAddress = false
}
