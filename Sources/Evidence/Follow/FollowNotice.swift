import Foundation
public import Ringfence
public import TransparencyLog

/// Something that is wrong with a followed ledger for as long as it lasts.
public enum FollowAlarm: String, Sendable, Hashable, CaseIterable {
    /// Nothing answers, or not with a ledger.
    case unreachable
    /// The checkpoint is not signed by the log's key, or is none.
    case untrusted
    /// Fewer entries are shown than were verified before.
    case shrunk
    /// Another history is shown than was verified before.
    case forked
    /// A tile or a bundle is missing or not what the checkpoint commits to.
    case damaged
    /// No quorum of witnesses cosigned.
    case unwitnessed
    /// What is shown is old.
    case stale
    /// The gateway has not stopped, and yet writes nothing.
    case silent

    /// It is over once something else is seen, whatever that is; others are over only when all is read again.
    var isOfSeeing: Bool { self == .unreachable }
}

/// One line of a monitor. It holds nothing that is not public: headers of entries, sizes, times.
public struct FollowNotice: Sendable, Hashable {
    public enum Event: Sendable, Hashable {
        case alarm(FollowAlarm)
        case recovered(FollowAlarm)
        /// In an entry that was read for the first time.
        case finding(Finding)
    }

    public let event: Event
    /// The log's name.
    public let origin: String
    /// When it was noticed.
    public let time: EntryTime
    public let what: String

    init(_ event: Event, of origin: String, at time: EntryTime, _ what: String) {
        self.event = event
        self.origin = origin
        self.time = time
        self.what = what
    }

    /// Whether somebody must look into it.
    public var isAlarming: Bool {
        switch event {
        case .alarm: true
        case .recovered: false
        case .finding(let finding): finding.weight > .note
        }
    }

    public var text: String {
        switch event {
        case .alarm(let alarm): TerminalText.line("\(time) alarm \(alarm.rawValue): \(what)")
        case .recovered(let alarm): TerminalText.line("\(time) over \(alarm.rawValue): \(what)")
        case .finding(let finding): TerminalText.line("\(time) \(finding.weight.rawValue) \(finding)")
        }
    }

    /// A payload of Standard Webhooks: type, timestamp and data, on one line.
    public var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Everything encoded is text and numbers: nothing that could fail.
        return (try? encoder.encode(Payload(self))).map { Array($0) } ?? Array("{}".utf8)
    }

    private struct Payload: Encodable {
        struct Content: Encodable {
            let log, what: String
            let weight: String?
            let entry: UInt64?
        }

        let type, timestamp: String
        let data: Content

        init(_ notice: FollowNotice) {
            timestamp = "\(notice.time)"
            switch notice.event {
            case .alarm(let alarm):
                type = "ledger.alarm.\(alarm.rawValue)"
                data = Content(log: notice.origin, what: notice.what, weight: nil, entry: nil)
            case .recovered(let alarm):
                type = "ledger.over.\(alarm.rawValue)"
                data = Content(log: notice.origin, what: notice.what, weight: nil, entry: nil)
            case .finding(let finding):
                type = "ledger.finding.\(finding.kind.rawValue)"
                data = Content(
                    log: notice.origin, what: notice.what, weight: finding.weight.rawValue,
                    entry: finding.index.rawValue)
            }
        }
    }
}
