import NIOCore
import Testing
import TransparencyLog

@testable import Gateway

struct ReleaseBarrierTests {
    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test func `whole buffers pass when nothing is held`() {
        var barrier = ReleaseBarrier(heldBytesMax: 100)
        barrier.entriesDurable(through: AppendTicket(3))
        #expect(barrier.received(bytes("a"), of: AppendTicket(3)) == .forward(bytes("a")))
        #expect(barrier.received(bytes("b"), of: nil) == .forward(bytes("b")))
    }

    @Test func `the order never changes`() {
        var barrier = ReleaseBarrier(heldBytesMax: 100)
        #expect(barrier.received(bytes("a"), of: AppendTicket(5)) == .wait)
        #expect(barrier.received(bytes("b"), of: nil) == .wait)
        #expect(barrier.received(bytes("c"), of: AppendTicket(2)) == .wait)
        barrier.entriesDurable(through: AppendTicket(4))
        #expect(barrier.nextReleased() == nil)
        barrier.entriesDurable(through: AppendTicket(5))
        #expect(barrier.nextReleased() == bytes("a"))
        #expect(barrier.nextReleased() == bytes("b"))
        #expect(barrier.nextReleased() == bytes("c"))
        #expect(barrier.nextReleased() == nil)
    }

    @Test func `the source rests at the bound until half of it has passed`() {
        var barrier = ReleaseBarrier(heldBytesMax: 4)
        #expect(barrier.received(bytes("abc"), of: AppendTicket(1)) == .wait)
        #expect(barrier.received(bytes("de"), of: AppendTicket(2)) == .pauseSource)
        #expect(barrier.received(bytes("f"), of: AppendTicket(3)) == .wait)
        #expect(barrier.resumesSource() == false)
        barrier.entriesDurable(through: AppendTicket(2))
        while barrier.nextReleased() != nil {}
        #expect(barrier.resumesSource() == true)
        #expect(barrier.resumesSource() == false)
    }

    @Test func `what is held when the barrier closes never leaves`() {
        var barrier = ReleaseBarrier(heldBytesMax: 100)
        _ = barrier.received(bytes("a"), of: AppendTicket(1))
        barrier.close()
        barrier.entriesDurable(through: AppendTicket(9))
        #expect(barrier.nextReleased() == nil)
        #expect(barrier.received(bytes("b"), of: nil) == .wait)
    }

    @Test func `the durable entry never goes back`() {
        var barrier = ReleaseBarrier(heldBytesMax: 100)
        barrier.entriesDurable(through: AppendTicket(9))
        barrier.entriesDurable(through: AppendTicket(2))
        #expect(barrier.received(bytes("a"), of: AppendTicket(9)) == .forward(bytes("a")))
    }
}
