import Foundation
import Glibc
import Synchronization
import TestSupport

/// A TCP proxy that cuts connections at the moment that matters: when a group is on its way to the server, or when the
/// server's answer to it is on its way back.
final class CuttingProxy: Sendable {
    enum Cut { case request, answer }

    let port: Int
    private let target: Int
    private let listener: Int32
    private let next = Mutex<Cut?>(nil)
    private let cuts = Mutex(0)

    init(to target: Int) throws {
        self.target = target
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try freePort()
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        let bound = Self.withAddress(port) { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 16) == 0 else { throw ChildProcessError("the proxy cannot listen") }
        let thread = Thread { [listener] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { return }
                self.serve(client)
            }
        }
        thread.start()
    }

    /// The next group is cut off, once.
    func cutNext(_ cut: Cut) { next.withLock { $0 = cut } }

    var cutCount: Int { cuts.withLock { $0 } }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func withAddress(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func serve(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.withAddress(target, { connect(server, $0, $1) }) == 0 else {
            shutdown(client, Int32(SHUT_RDWR))
            return
        }
        let isArmed = Armed()
        @Sendable func cutOff() {
            cuts.withLock { $0 += 1 }
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
        }
        Thread {
            Self.pump(from: client, to: server) { bytes in
                guard bytes.firstRange(of: Data("append($1".utf8)) != nil else { return true }
                let cut = self.next.withLock { next in
                    defer { next = nil }
                    return next
                }
                switch cut {
                case nil: return true
                case .answer:
                    isArmed.value.withLock { $0 = true }
                    return true
                case .request:
                    cutOff()
                    return false
                }
            }
        }.start()
        Thread {
            Self.pump(from: server, to: client) { _ in
                guard isArmed.value.withLock({ $0 }) else { return true }
                cutOff()
                return false
            }
        }.start()
    }

    private final class Armed: Sendable { let value = Mutex(false) }

    private static func pump(from source: Int32, to target: Int32, _ passes: (Data) -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0, passes(Data(buffer[..<count])) else { break }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes {
                    send(target, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break }
                sent += written
            }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
    }
}
