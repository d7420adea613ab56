import Glibc
import NIOCore

/// Why a gateway cannot take connections at its address, and what to do about it.
public struct ListenFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let what: String
    public let remedy: String

    init(_ options: GatewayOptions, _ error: any Error) {
        let host = options.host.utf8.contains(UInt8(ascii: ":")) ? "[\(options.host)]" : options.host
        let code = (error as? IOError)?.errnoCode
        let reason = code.map { String(cString: strerror($0)) } ?? "\(error)"
        what = "cannot listen on \(host):\(options.port): \(reason)"
        switch code {
        case EADDRINUSE:
            remedy =
                "Another program listens there, perhaps a gateway that still runs: stop it, or change gateway.listen."
        case EADDRNOTAVAIL:
            remedy = "This machine has no such address: change the host of gateway.listen."
        case EACCES:
            remedy = "Ports below 1024 are for privileged users: change the port of gateway.listen."
        default:
            remedy = "Check the host and port of gateway.listen."
        }
    }

    public var description: String { "\(what)\n  \(remedy)" }
}
