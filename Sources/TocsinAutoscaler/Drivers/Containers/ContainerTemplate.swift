/// What a container of the pool is made from.
public struct ContainerTemplate: Sendable, Hashable {
    /// The image, which must be there already.
    public var image: String
    /// The program's arguments.
    public var command: [String]
    /// A network of the engine; `nil` for its default one.
    public var network: String?
    /// Files and volumes, such as `/etc/tocsin:/etc/tocsin:ro`.
    public var volumes: [String]
    /// As whom it runs; `nil` for the image's own user.
    public var user: String?
    /// How much memory it may use, in bytes; `nil` for as much as there is.
    public var memoryBytes: Int?

    /// A template.
    public init(
        image: String, command: [String], network: String? = nil, volumes: [String] = [], user: String? = nil,
        memoryBytes: Int? = nil
    ) {
        self.image = image
        self.command = command
        self.network = network
        self.volumes = volumes
        self.user = user
        self.memoryBytes = memoryBytes
    }
}
