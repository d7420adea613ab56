import PostgresWire
import NIOCore
import Ringfence
import TransparencyLog

@testable import Gateway

struct NoAdvice: RefusalAdvising {
    func advice(onRefusalOf table: String?) -> RefusalAdvice? {
        RefusalAdvice(detail: "Policy \"us-boundary\" forbids reading \(table ?? "it").", hint: "Ask the access desk.")
    }
}

enum Fixture {
    static let sealer: DetailSealer = {
        let sealer = DetailSealer(origin: "test")
        sealer.begin(EpochKey.generate(), at: EntryIndex(0), isReadable: true)
        return sealer
    }()

    static func terms(
        mayWrite: Bool = false, isWhollyClear: Bool = true, schemas: SchemaMap = SchemaMap(schemas: [:], tables: [])
    ) throws -> SessionTerms {
        let service = Service(
            name: "feed", location: try required(Jurisdiction(code: "US")), teams: [], scramVerifier: "")
        let facts = SessionFacts(
            principal: .service(service), store: "social", profile: ContentDigest(of: Array("profile".utf8)),
            policy: ContentDigest(of: Array("policy".utf8)), isWhollyClear: isWhollyClear, reach: Array("{}".utf8),
            address: "127.0.0.1")
        return SessionTerms(
            principal: .service(service), upstreamRole: "feed#1", upstreamPassword: "sesame", database: "social",
            searchPath: "app", schemas: schemas, mayWrite: mayWrite, profile: "3fa9c1",
            entries: try SessionEntries(facts, sealer: sealer), advice: NoAdvice())
    }

    /// Entry 0 is the session's own and is durable.
    static func relay(
        _ ledger: FakeLedger, mayWrite: Bool = false, isWhollyClear: Bool = true,
        schemas: SchemaMap = SchemaMap(schemas: [:], tables: []), limits: Relay.Limits = Relay.Limits()
    ) throws -> Relay {
        var terms = try terms(mayWrite: mayWrite, isWhollyClear: isWhollyClear, schemas: schemas)
        let opened = try ledger.append(terms.entries.opened(at: EntryTime(millisecondsSince1970: 0)))
        var relay = Relay(terms, entries: terms.entries, opened: opened, ledger: ledger, limits: limits) {
            EntryTime(millisecondsSince1970: Int64(ledger.count))
        }
        relay.entriesDurable(through: opened)
        return relay
    }

    static func moment(_ milliseconds: Int = 0) -> Moment {
        Moment(
            nanoseconds: UInt64(milliseconds) * 1_000_000,
            time: EntryTime(millisecondsSince1970: Int64(milliseconds)))
    }
}

struct MissingValue: Error {}

func required<T>(_ value: T?) throws -> T {
    guard let value else { throw MissingValue() }
    return value
}

/// Messages as a client or a server writes them.
enum Message {
    static func frontend(_ type: Unicode.Scalar, _ parts: String...) -> ByteBuffer {
        .message(type) { buffer in parts.forEach { buffer.writeString($0) } }
    }

    static func query(_ text: String) -> ByteBuffer { frontend("Q", text, "\0") }
    static func parse(_ name: String, _ text: String) -> ByteBuffer { frontend("P", name, "\0", text, "\0", "\0\0") }

    static func bind(_ portal: String, _ statement: String, _ parameters: [String?] = []) -> ByteBuffer {
        .message("B") { buffer in
            buffer.writeString("\(portal)\0\(statement)\0")
            buffer.writeInteger(UInt16(0))
            buffer.writeInteger(UInt16(parameters.count))
            for parameter in parameters {
                buffer.writeInteger(Int32(parameter?.utf8.count ?? -1))
                buffer.writeString(parameter ?? "")
            }
            buffer.writeInteger(UInt16(0))
        }
    }

    static func describe(_ what: String) -> ByteBuffer { frontend("D", what, "\0") }
    static func close(_ what: String) -> ByteBuffer { frontend("C", what, "\0") }
    static func execute(_ portal: String = "") -> ByteBuffer { frontend("E", portal, "\0\0\0\0\0") }
    static let sync = frontend("S")
    static let flush = frontend("H")
    static let copyDone = frontend("c")
    static func copyData(_ text: String) -> ByteBuffer { frontend("d", text) }

    static let parsed = frontend("1")
    static let bound = frontend("2")
    static let closed = frontend("3")
    static let copyIn = frontend("G", "\0\0\0")
    static func row(_ text: String) -> ByteBuffer { frontend("D", text) }
    static func complete(_ tag: String) -> ByteBuffer { frontend("C", tag, "\0") }
    static func ready(_ status: String = "I") -> ByteBuffer { frontend("Z", status) }
    static func error(_ state: String, _ text: String = "no", severity: String = "ERROR") -> ByteBuffer {
        frontend("E", "S\(severity)\0V\(severity)\0C\(state)\0M\(text)\0\0")
    }
    static func notice(_ text: String) -> ByteBuffer { frontend("N", "SNOTICE\0C00000\0M\(text)\0\0") }
}

extension Relay {
    mutating func client(_ messages: ByteBuffer..., at milliseconds: Int = 0) {
        clientSent(messages.joined, at: Fixture.moment(milliseconds))
    }

    mutating func server(_ messages: ByteBuffer..., at milliseconds: Int = 0) {
        upstreamSent(messages.joined, at: Fixture.moment(milliseconds))
        retryRequests(at: Fixture.moment(milliseconds))
    }

    mutating func takeClient() -> ByteBuffer {
        defer { output.toClient.removeAll() }
        return output.toClient.joined
    }

    mutating func takeUpstream() -> ByteBuffer {
        defer { output.toUpstream.removeAll() }
        return output.toUpstream.joined
    }
}

extension Collection where Element == ByteBuffer {
    var joined: ByteBuffer {
        var result = ByteBuffer()
        for bytes in self { result.writeImmutableBuffer(bytes) }
        return result
    }
}

extension ByteBuffer {
    /// The types of the messages in it.
    var types: String {
        var rest = self
        var types = ""
        while let type: UInt8 = rest.readInteger(), let length: UInt32 = rest.readInteger() {
            types.unicodeScalars.append(Unicode.Scalar(type))
            rest.moveReaderIndex(forwardBy: Int(length) - 4)
        }
        return types
    }
}
