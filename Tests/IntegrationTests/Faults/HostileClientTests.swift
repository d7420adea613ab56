import Foundation
import TestSupport
import Testing

@Suite struct HostileClientTests {
    @Test(arguments: ["garbage", "huge-startup", "huge-message", "early-bytes"])
    func `a client that breaks the protocol is cut off, and nobody else notices`(kind: String) throws {
        let deployment = try Deployment.shared(.v15)
        let memory = try deployment.gatewayMemory()
        let output = try deployment.python("bad_client.py", [kind])
        #expect(output.succeeded, "\(output)")
        #expect(try deployment.rows(as: "alice", "SELECT 1") == [["1"]])
        #expect(try deployment.gatewayMemory() - memory < 200_000, "kB reserved for a length that was only announced")
    }

    @Test(arguments: ["stall", "stall-in-tls"])
    func `a client that stalls in the handshake is cut off in time`(kind: String) throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.edit("ringfence.yaml", replacing: "handshake: 10s", with: "handshake: 1s")
        try deployment.startGateway()
        let output = try deployment.python("bad_client.py", [kind])
        #expect(output.succeeded, "\(output)")
        #expect(try deployment.rows(as: "alice", "SELECT 1") == [["1"]])
        deployment.stopGateway()
    }
}
