import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The command line's side of a gateway's control socket. Blocks.
public struct ControlClient: Sendable {
    public enum Failure: Error, Sendable, Hashable {
        /// Nobody listens there, or not for this user.
        case notReachable(path: String, reason: String)
        case noAnswer
        /// What the gateway says.
        case refused(String)
    }

    public let path: String
    /// How long an answer may take.
    public var secondsMax = 10

    public init(path: String) { self.path = path }

    public func sessions() throws(Failure) -> [LiveSession] { try send(ControlRequest(.sessions)).sessions ?? [] }

    public func kill(session: UInt32) throws(Failure) { _ = try send(ControlRequest(.kill, session: session)) }

    public func drain() throws(Failure) { _ = try send(ControlRequest(.drain)) }

    /// Erases the sealed details of entries; see ``LedgerControl/redact(_:reason:operator:)``.
    ///
    /// - Returns: The number of the entry that says so.
    public func redact(_ entries: RangeSet<UInt64>, reason: String, operator name: String) throws(Failure) -> UInt64 {
        var request = ControlRequest(.redact)
        request.operator = name
        request.entries = entries.ranges.map { [$0.lowerBound, $0.upperBound - 1] }
        request.reason = reason
        guard let entry = try send(request).entry else { throw .noAnswer }
        return entry
    }

    /// Erases the details and prunes the entries that are older than the configuration keeps them.
    public func retain() throws(Failure) -> RetainedByRule {
        let response = try send(ControlRequest(.retain))
        return RetainedByRule(details: response.entry, entries: response.pruning)
    }

    private func send(_ request: ControlRequest) throws(Failure) -> ControlResponse {
        let descriptor = try connected()
        defer { _ = close(descriptor) }
        guard var line = try? JSONEncoder().encode(request) else { throw .noAnswer }
        line.append(UInt8(ascii: "\n"))
        try write(Array(line), to: descriptor)
        guard
            let response = try? JSONDecoder().decode(
                ControlResponse.self, from: Data(try receiveLine(from: descriptor)))
        else { throw .noAnswer }
        if let error = response.error { throw .refused(error) }
        return response
    }

    private func connected() throws(Failure) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8) + [0]
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { space in
            guard bytes.count <= space.count else { return false }
            space.copyBytes(from: bytes)
            return true
        }
        guard fits else { throw .notReachable(path: path, reason: "the path is too long") }
        #if canImport(Glibc)
            let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw .notReachable(path: path, reason: Self.reason) }
        var timeout = timeval()
        timeout.tv_sec = secondsMax
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let reason = Self.reason
            _ = close(descriptor)
            throw .notReachable(path: path, reason: reason)
        }
        return descriptor
    }

    private func write(_ bytes: [UInt8], to descriptor: CInt) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                sendWithoutSignal(descriptor, $0)
            }
            guard count > 0 else { throw .noAnswer }
            sent += count
        }
    }

    private func receiveLine(from descriptor: CInt) throws(Failure) -> [UInt8] {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { throw .noAnswer }
            line += chunk[..<count]
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return Array(line[..<end]) }
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }
}

/// A gateway that went away must not end the command with SIGPIPE.
private func sendWithoutSignal(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
        send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
    #elseif canImport(Musl)
        send(descriptor, bytes.baseAddress, bytes.count, MSG_NOSIGNAL)
    #else
        send(descriptor, bytes.baseAddress, bytes.count, 0)
    #endif
}
