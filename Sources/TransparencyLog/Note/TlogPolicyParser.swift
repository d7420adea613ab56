/// Reads a tlog-policy file, line by line.
struct TlogPolicyParser {
    /// Far beyond the 32 logs, 32 witnesses and 32 groups that must be supported.
    static let bytesMax = 1 << 20

    private var logs: [TlogPolicy.Log] = []
    private var witnesses: [TlogPolicy.Witness] = []
    private var groups: [TlogPolicy.Group] = []
    /// Names are octets (tlog-policy, "Character set").
    private var names: [[UInt8]: TlogPolicy.Member] = [:]
    private var grouped: Set<TlogPolicy.Member> = []
    private var publicKeys: Set<[UInt8]> = []
    private var quorum: (member: TlogPolicy.Member?, line: Int)?
    private var line = 0

    static func parse(_ bytes: some Collection<UInt8>) throws(TlogPolicyError) -> TlogPolicy {
        guard bytes.count <= bytesMax else {
            throw TlogPolicyError(line: 1, what: "the file has more than \(bytesMax) bytes")
        }
        var parser = TlogPolicyParser()
        let lines = Array(bytes).split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            parser.line = index + 1
            // After the last line end comes nothing.
            if index == lines.count - 1 {
                guard line.isEmpty else { throw parser.error("the line does not end in a line end") }
                parser.line = max(index, 1)
            } else {
                try parser.read(line)
            }
        }
        guard let quorum = parser.quorum else { throw parser.error("there is no quorum line") }
        return TlogPolicy(
            logs: parser.logs, witnesses: parser.witnesses, groups: parser.groups, quorum: quorum.member,
            quorumLine: quorum.line)
    }

    private mutating func read(_ line: ArraySlice<UInt8>) throws(TlogPolicyError) {
        guard line.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
            throw error("it holds a control character")
        }
        let items = line.split { $0 == 0x20 || $0 == 0x09 }.map { Array($0) }
        guard let keyword = items.first, keyword[0] != UInt8(ascii: "#") else { return }
        let arguments = Array(items.dropFirst())
        switch String(decoding: keyword, as: UTF8.self) {
        case "log": try readLog(arguments)
        case "witness": try readWitness(arguments)
        case "group": try readGroup(arguments)
        case "quorum": try readQuorum(arguments)
        default: throw error("\"\(Self.text(keyword))\" is none of log, witness, group and quorum")
        }
    }

    private mutating func readLog(_ arguments: [[UInt8]]) throws(TlogPolicyError) {
        guard (1...2).contains(arguments.count) else { throw error("a log line reads: log VKEY [URL]") }
        let key = try key(arguments[0], .ed25519)
        logs.append(TlogPolicy.Log(key: key, url: arguments.count > 1 ? Self.text(arguments[1]) : nil, line: line))
    }

    private mutating func readWitness(_ arguments: [[UInt8]]) throws(TlogPolicyError) {
        guard (2...3).contains(arguments.count) else { throw error("a witness line reads: witness NAME VKEY [URL]") }
        try define(arguments[0], as: .witness(witnesses.count))
        let key = try key(arguments[1], .timestampedEd25519)
        witnesses.append(
            TlogPolicy.Witness(
                name: Self.text(arguments[0]), key: key, url: arguments.count > 2 ? Self.text(arguments[2]) : nil,
                line: line))
    }

    private mutating func readGroup(_ arguments: [[UInt8]]) throws(TlogPolicyError) {
        guard arguments.count >= 3 else { throw error("a group line reads: group NAME all|any|NUMBER MEMBER…") }
        var members: [TlogPolicy.Member] = []
        for name in arguments[2...] {
            guard !name.elementsEqual("none".utf8) else { throw error("none is no member of a group") }
            guard let member = names[name] else { throw error("\"\(Self.text(name))\" is not defined above") }
            guard grouped.insert(member).inserted else {
                throw error("\"\(Self.text(name))\" is a member of a group already")
            }
            members.append(member)
        }
        let threshold: Int
        switch String(decoding: arguments[1], as: UTF8.self) {
        case "all": threshold = members.count
        case "any": threshold = 1
        default:
            guard let number = Decimal.parse(arguments[1]), (1...UInt64(members.count)).contains(number) else {
                throw error("the threshold is all, any or a number from 1 to \(members.count)")
            }
            threshold = Int(number)
        }
        try define(arguments[0], as: .group(groups.count))
        groups.append(
            TlogPolicy.Group(name: Self.text(arguments[0]), threshold: threshold, members: members, line: line))
    }

    private mutating func readQuorum(_ arguments: [[UInt8]]) throws(TlogPolicyError) {
        guard arguments.count == 1 else { throw error("a quorum line reads: quorum NAME") }
        if let quorum { throw error("there is a quorum line already, line \(quorum.line)") }
        if arguments[0].elementsEqual("none".utf8) {
            quorum = (nil, line)
        } else {
            guard let member = names[arguments[0]] else {
                throw error("\"\(Self.text(arguments[0]))\" is not defined above")
            }
            quorum = (member, line)
        }
    }

    private mutating func define(_ name: [UInt8], as member: TlogPolicy.Member) throws(TlogPolicyError) {
        guard !name.elementsEqual("none".utf8) else { throw error("the name none has a meaning of its own") }
        guard names.updateValue(member, forKey: name) == nil else {
            throw error("\"\(Self.text(name))\" is defined already")
        }
    }

    private mutating func key(
        _ text: [UInt8], _ algorithm: VerifierKey.Algorithm
    ) throws(TlogPolicyError) -> VerifierKey {
        let key: VerifierKey
        do {
            key = try VerifierKey(parsing: Self.text(text))
        } catch {
            throw self.error("\(error)")
        }
        guard key.algorithm == algorithm else {
            throw error(
                "the key is of type \(key.algorithm.rawValue), and this line needs one of type \(algorithm.rawValue)")
        }
        // By the key itself: under two names it would count twice.
        guard publicKeys.insert(key.publicKey).inserted else { throw error("the same key stands on another line") }
        return key
    }

    private static func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

    private func error(_ what: String) -> TlogPolicyError { TlogPolicyError(line: line, what: what) }
}
