import NIOCore
import Synchronization

/// Places for connections that have not logged in yet: strangers cannot take more than these, and one address not more
/// than its share of them.
final class LoginPlaces: Sendable {
    private struct State {
        var all = 0
        var byAddress: [SourceAddress: Int] = [:]
    }

    private let state = Mutex(State())
    private let max: Int
    private let perAddressMax: Int

    init(max: Int, perAddressMax: Int) {
        self.max = max
        self.perAddressMax = perAddressMax
    }

    /// False when all places are taken, or those of the address.
    func enter(from address: SourceAddress) -> Bool {
        state.withLock { state in
            let taken = state.byAddress[address, default: 0]
            guard state.all < max, taken < perAddressMax else { return false }
            state.all += 1
            state.byAddress[address] = taken + 1
            return true
        }
    }

    /// Gives back what ``enter(from:)`` took.
    func leave(from address: SourceAddress) {
        state.withLock { state in
            state.all -= 1
            let taken = state.byAddress[address, default: 0]
            state.byAddress[address] = taken > 1 ? taken - 1 : nil
        }
    }
}

/// Where a connection comes from, as far as that tells strangers apart: an IPv4 address, or the 64 bits of an IPv6
/// address that name its network, within which a stranger has all the addresses they like.
struct SourceAddress: Hashable, Sendable {
    private let network: [UInt8]

    init(_ address: SocketAddress?) {
        switch address {
        case .v4: network = Self.bytes(of: address, 4..<8)
        case .v6:
            let bytes = Self.bytes(of: address, 8..<24)
            // A listener for both versions sees IPv4 as ::ffff:192.0.2.1 (RFC 4291, 2.5.5.2).
            let isMapped = bytes.starts(with: Self.mappedPrefix) && bytes.count == 16
            network = isMapped ? Array(bytes[12...]) : Array(bytes.prefix(8))
        case .unixDomainSocket, nil: network = []
        }
    }

    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// Bytes of the system's `sockaddr_in` or `sockaddr_in6`.
    private static func bytes(of address: SocketAddress?, _ range: Range<Int>) -> [UInt8] {
        address?.withSockAddr { start, size in
            Array(UnsafeRawBufferPointer(start: start, count: size).dropFirst(range.lowerBound).prefix(range.count))
        } ?? []
    }
}
