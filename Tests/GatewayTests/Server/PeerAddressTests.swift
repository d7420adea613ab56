import NIOCore
import Testing

@testable import Gateway

struct PeerAddressTests {
    @Test func `an address is host and port, as people write them`() throws {
        #expect(PeerAddress.text(try SocketAddress(ipAddress: "192.0.2.1", port: 50_000)) == "192.0.2.1:50000")
        #expect(PeerAddress.text(try SocketAddress(ipAddress: "2001:db8::1", port: 6432)) == "[2001:db8::1]:6432")
        #expect(PeerAddress.text(try SocketAddress(unixDomainSocketPath: "/run/x")) == "/run/x")
        #expect(PeerAddress.text(nil) == "")
    }
}
