import NIOCore
import NIOEmbedded
import Ringfence
import Testing

@testable import Gateway

struct PlacesTests {
    private func source(_ address: String) throws -> SourceAddress {
        SourceAddress(try SocketAddress(ipAddress: address, port: 1))
    }

    @Test func `an IPv6 stranger is their network, an IPv4 stranger their address`() throws {
        #expect(try source("2001:db8:1:2::1") == source("2001:db8:1:2:ffff::9"))
        #expect(try source("2001:db8:1:2::1") != source("2001:db8:1:3::1"))
        #expect(try source("192.0.2.1") != source("192.0.2.2"))
        #expect(try source("::ffff:192.0.2.1") == source("192.0.2.1"))
        #expect(try source("::ffff:192.0.2.1") != source("::ffff:192.0.2.2"))
    }

    @Test func `places before login are bounded for each address and for all`() throws {
        let places = LoginPlaces(max: 3, perAddressMax: 2)
        let (one, two) = (try source("192.0.2.1"), try source("192.0.2.2"))
        #expect(places.enter(from: one) && places.enter(from: one) && !places.enter(from: one))
        #expect(places.enter(from: two) && !places.enter(from: two))
        places.leave(from: one)
        #expect(places.enter(from: two) && !places.enter(from: one))
    }

    @Test func `the sessions of one principal leave the others theirs`() throws {
        let registry = SessionRegistry(sessionsMax: 4, perPrincipalMax: 2)
        let first = try registry.take(for: "casey")
        registry.name(first, "s1")
        let id = registry.enter(secret: [], { card($0, "casey", "s1") }, reach: reach)
        registry.giveBack(first)
        let second = try registry.take(for: "casey")
        #expect(throws: SessionRefusal.tooManySessions(of: "casey", max: 2)) { try registry.take(for: "casey") }
        _ = try registry.take(for: "alice")
        _ = try registry.take(for: "alice")
        #expect(throws: SessionRefusal(.tooManySessions)) { try registry.take(for: "noor") }
        #expect(!registry.reserve())
        registry.giveBack(second)
        registry.giveBack(second)
        registry.leave(id)
        _ = try registry.take(for: "casey")
        _ = try registry.take(for: "noor")
    }

    @Test func `a session that outlives its connection keeps its place`() throws {
        let registry = SessionRegistry(sessionsMax: 9, perPrincipalMax: 1)
        let place = try registry.take(for: "feed")
        registry.name(place, "s1")
        let id = registry.enter(secret: [], { card($0, "feed", "s1") }, reach: reach)
        registry.giveBack(place)
        #expect(throws: SessionRefusal.self) { try registry.take(for: "feed") }
        registry.leave(id)
        _ = try registry.take(for: "feed")
    }

    private func card(_ id: UInt32, _ principal: String, _ pseudonym: String) -> LiveSession {
        LiveSession(
            id: id, pseudonym: pseudonym, principal: principal, role: "", profile: "", address: "", application: "",
            since: 0)
    }

    private var reach: SessionRegistry.Reach {
        SessionRegistry.Reach(cancel: { EmbeddedEventLoop().makeSucceededVoidFuture() }, kill: {}, drain: {}, end: {})
    }
}
