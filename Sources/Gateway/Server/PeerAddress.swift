import NIOCore

/// Where a client connects from, as lists, logs and the ledger show it: `192.0.2.1:50000`, `[2001:db8::1]:50000`.
enum PeerAddress {
    /// Empty when the connection is gone before it could be asked.
    static func text(_ address: SocketAddress?) -> String {
        guard let address else { return "" }
        guard let host = address.ipAddress, let port = address.port else { return address.pathname ?? "" }
        switch address {
        case .v6: return "[\(host)]:\(port)"
        case .v4, .unixDomainSocket: return "\(host):\(port)"
        }
    }
}
