import NIOCore
import Testing

@testable import Gateway

struct NameTableTests {
    private let name = ByteBuffer(string: "s")

    private func describe(_ meaning: NameTable<Int>.Meaning) -> String {
        switch meaning {
        case .known(let value): "known \(value)"
        case .doubtful(let value): "doubtful \(value)"
        case .unknown: "unknown"
        case .undecided: "undecided"
        }
    }

    @Test func `a name is believed within its batch, and else when PostgreSQL confirms it`() {
        var table = NameTable<Int>(namesMax: 10)
        table.define(name, as: 1, batch: 0)
        #expect(describe(table.meaning(of: name, batch: 0)) == "known 1")
        #expect(describe(table.meaning(of: name, batch: 1)) == "undecided")
        table.confirmFirst()
        #expect(describe(table.meaning(of: name, batch: 1)) == "known 1")
    }

    @Test func `what fails leaves the old meaning`() {
        var table = NameTable<Int>(namesMax: 10)
        table.define(name, as: 1, batch: 0)
        table.confirmFirst()
        table.define(name, as: 2, batch: 1)
        table.rejectFirst()
        #expect(describe(table.meaning(of: name, batch: 2)) == "known 1")
        table.remove(name, batch: 2)
        #expect(describe(table.meaning(of: name, batch: 2)) == "unknown")
        table.rejectFirst()
        #expect(describe(table.meaning(of: name, batch: 3)) == "known 1")
        table.remove(name, batch: 3)
        table.confirmFirst()
        #expect(describe(table.meaning(of: name, batch: 3)) == "unknown")
    }

    @Test func `doubt falls on what was named before, not after, and not on the unnamed`() {
        var table = NameTable<Int>(namesMax: 10)
        let later = ByteBuffer(string: "t")
        table.define(ByteBuffer(), as: 0, batch: 0)
        table.define(name, as: 1, batch: 0)
        table.confirmFirst()
        table.doubtAll()
        table.define(later, as: 2, batch: 1)
        table.confirmFirst()
        table.confirmFirst()
        #expect(describe(table.meaning(of: ByteBuffer(), batch: 2)) == "known 0")
        #expect(describe(table.meaning(of: name, batch: 2)) == "doubtful 1")
        #expect(describe(table.meaning(of: later, batch: 2)) == "known 2")
    }

    @Test func `there is a bound on names, and on what they keep alive`() {
        var table = NameTable<Int>(namesMax: 2, bytesMax: 100)
        #expect(table.hasRoom(for: name, bytes: 100) && !table.hasRoom(for: name, bytes: 101))
        table.define(name, as: 1, bytes: 60, batch: 0)
        #expect(!table.hasRoom(for: ByteBuffer(string: "t"), bytes: 60))
        table.confirmFirst()
        table.define(name, as: 2, bytes: 30, batch: 1)
        #expect(table.bytes == 90)
        table.confirmFirst()
        #expect(table.bytes == 30)
        table.define(name, as: 3, bytes: 50, batch: 1)
        table.rejectFirst()
        #expect(table.bytes == 30)
        // An unnamed one replaces the last.
        #expect(table.hasRoom(for: ByteBuffer(), bytes: 1000))
        table.define(ByteBuffer(), as: 4, bytes: 1000, batch: 2)
        #expect(!table.hasRoom(for: ByteBuffer(), bytes: 1000))
        table.confirmFirst()
        #expect(table.bytes == 30 && table.hasRoom(for: ByteBuffer(), bytes: 1000))
        table.remove(name, batch: 3)
        table.confirmFirst()
        #expect(table.bytes == 0)
        table.define(name, as: 1, bytes: 1, batch: 4)
        table.define(name, as: 1, bytes: 1, batch: 4)
        #expect(!table.hasRoom(for: name, bytes: 0))
        table.confirmFirst()
        table.confirmFirst()
        table.removeAll()
        #expect(table.bytes == 0)
    }
}
