/// What `autoscaler.kubernetes` says: which Deployment is sized, and how Kubernetes is reached.
public struct KubernetesPool: Sendable, Hashable {
    /// The Deployment's name.
    public var deployment = "tocsin-worker"
    /// Its namespace; `nil` for that of the service account, or of the kubeconfig's context.
    public var namespace: String?
    /// A kubeconfig file; `nil` for the service account of the Pod.
    public var kubeconfig: String?
    /// A context of the file; `nil` for its current one.
    public var context: String?

    /// A pool with the default name, reached from a Pod.
    public init() {}

    init(_ reader: MappingReader) {
        deployment = Self.name("deployment", reader) ?? deployment
        namespace = Self.name("namespace", reader)
        kubeconfig = reader.string("kubeconfig")
        context = reader.string("context")
        if context != nil, kubeconfig == nil {
            reader.report(
                "value_missing", "a context is one of a kubeconfig file: name the file too", name: "kubeconfig")
        }
        reader.finish()
    }

    /// A name as in RFC 1123, which may stand in a path.
    private static func name(_ name: String, _ reader: MappingReader) -> String? {
        guard let text = reader.string(name) else { return nil }
        let isName =
            (1...253).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".")
            } && !text.contains("..")
        if !isName {
            reader.report("value_invalid", "expected a name of lower-case letters, digits and dashes", name: name)
        }
        return isName ? text : nil
    }
}

/// What `autoscaler.container` says: the engine, and what its containers are made from.
public struct ContainerPoolSettings: Sendable, Hashable {
    /// The path of the engine's socket.
    public var socket = "/var/run/docker.sock"
    /// The pool's name.
    public var pool = "worker"
    /// The image.
    public var image = ""
    /// The program's arguments.
    public var command: [String] = []
    /// A network of the engine's.
    public var network: String?
    /// Files and volumes that are mounted.
    public var volumes: [String] = []
    /// As whom the program runs.
    public var user: String?
    /// How much memory it may use, in bytes.
    public var memoryBytes: Int?

    init(_ reader: MappingReader) {
        if let text = reader.string("socket") {
            socket = text.hasPrefix("unix://") ? String(text.dropFirst("unix://".count)) : text
            if !socket.hasPrefix("/") {
                reader.report("value_invalid", "expected a path such as unix:///run/podman/podman.sock", name: "socket")
            }
        }
        if let text = reader.string("pool") {
            let isWord =
                (1...40).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
                }
            if isWord {
                pool = text
            } else {
                reader.report("value_invalid", "expected lower-case letters, digits and underscores", name: "pool")
            }
        }
        image = reader.requiredString("image") ?? ""
        command = reader.stringList("command") ?? ["worker", "--config", "/etc/tocsin/tocsin.yaml"]
        network = reader.string("network")
        volumes = reader.stringList("volumes") ?? []
        user = reader.string("user")
        memoryBytes = reader.int("memory_bytes", in: (64 << 20)...(1 << 40))
        reader.finish()
    }
}
