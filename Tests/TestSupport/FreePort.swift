import Glibc
import Synchronization

/// A TCP port of the loopback interface that nothing listens on at this moment.
///
/// Drawn below the range the kernel gives to outgoing connections, so that one of those does not take it before its
/// user binds it; a process does not draw the same port twice.
public func freePort() throws -> Int {
    for _ in 0..<1000 {
        let port = UInt16.random(in: 10_240..<32_000)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { break }
        defer { close(descriptor) }
        var address = loopback(port)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if bound == 0, DrawnPorts.isFirstDraw(port) { return Int(port) }
    }
    throw ChildProcessError("no free port on 127.0.0.1")
}

/// Whether somebody takes connections at a TCP port of the loopback interface.
public func isListening(port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0, let port = UInt16(exactly: port) else { return false }
    defer { close(descriptor) }
    var address = loopback(port)
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    } == 0
}

private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

private enum DrawnPorts {
    private static let drawn = Mutex<Set<UInt16>>([])

    static func isFirstDraw(_ port: UInt16) -> Bool { drawn.withLock { $0.insert(port).inserted } }
}
