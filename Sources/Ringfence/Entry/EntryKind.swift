/// What an entry records. Kinds this version does not know are kept: later versions add some.
public struct EntryKind: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// The gateway started: names the head it found.
    public static let boot = EntryKind(rawValue: "boot")
    /// A new key for details, sealed to each auditor.
    public static let epoch = EntryKind(rawValue: "epoch")
    public static let heartbeat = EntryKind(rawValue: "heartbeat")
    /// Policy, catalog and directory in force from here on, by digest.
    public static let policy = EntryKind(rawValue: "policy")
    /// Which keys sign checkpoints from here on.
    public static let key = EntryKind(rawValue: "key")
    /// A profile was compiled into the database.
    public static let profile = EntryKind(rawValue: "profile")
    /// A session was opened, with its reach.
    public static let session = EntryKind(rawValue: "session")
    /// The intent of a statement: durable before anything of its answer is released.
    public static let statement = EntryKind(rawValue: "statement")
    /// What became of one or more statements of a session.
    public static let outcome = EntryKind(rawValue: "outcome")
    /// How many notifications a session was sent since it last said so.
    public static let notifications = EntryKind(rawValue: "notifications")
    /// A login or a statement was refused by the gateway.
    public static let denied = EntryKind(rawValue: "denied")
    /// A session ended or, without a session, the gateway stopped in good order.
    public static let close = EntryKind(rawValue: "close")
    /// A login role's password was found changed and was set back.
    public static let passwordReset = EntryKind(rawValue: "password-reset")

    /// Sealed details were erased, at somebody's request or because of their age.
    public static let redaction = EntryKind(rawValue: "redaction")

    /// How long entries and details are kept from here on.
    public static let retention = EntryKind(rawValue: "retention")

    /// Entries were removed that were older than the rule keeps them.
    public static let pruning = EntryKind(rawValue: "pruning")

    /// The log takes no more entries: the last one, which names the log that goes on.
    public static let freeze = EntryKind(rawValue: "freeze")

    public var description: String { rawValue }
}

/// What kind of principal a session belongs to.
public enum PrincipalKind: String, Sendable, Hashable, CaseIterable {
    case person, service
}

extension Principal {
    public var kind: PrincipalKind {
        switch self {
        case .person: .person
        case .service: .service
        }
    }
}
