#if DEBUG
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// By how much a debug build takes the machine's clock to be wrong, so that a test can let it jump.
    ///
    /// The file that `TOCSIN_CLOCK_ERROR_FILE` names holds milliseconds, and is read whenever the time is asked for. A release
    /// build has none of this.
    enum ClockError {
        private static let file: String? = getenv("TOCSIN_CLOCK_ERROR_FILE").map { String(cString: $0) }

        static var current: Duration {
            guard let file else { return .zero }
            let descriptor = open(file, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return .zero }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = read(descriptor, &bytes, bytes.count)
            let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            return .milliseconds(Int64(text) ?? 0)
        }
    }
#endif
