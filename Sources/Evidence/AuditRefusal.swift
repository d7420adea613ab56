public import Ringfence

/// Why a question that was understood is not answered: an answer would read as if the ledger had said something.
public enum AuditRefusal: Sendable, Hashable {
    /// No session's reach names the table: it is misspelt, or not in the catalog. With the tables that are named.
    case unknownTable(ExactText, known: [ExactText])
    /// No day's key of this ledger is sealed to the auditor.
    case foreignKey
    /// The directory is a published copy: it has no sealed details.
    case noSealedDetails

    /// For programs.
    public var code: String {
        switch self {
        case .unknownTable: "unknownTable"
        case .foreignKey: "foreignKey"
        case .noSealedDetails: "noSealedDetails"
        }
    }

    public var what: String {
        switch self {
        case .unknownTable(let table, _): "no session's reach in this ledger names the table \(table)"
        case .foreignKey: "the auditor's key opens nothing: no day's key in this ledger is sealed to it"
        case .noSealedDetails: "this copy of the ledger has no sealed details for the auditor's key to open"
        }
    }

    public var remedy: String {
        switch self {
        case .unknownTable(_, let known): "Named are \(known.map(\.string).joined(separator: ", "))."
        case .foreignKey:
            "Take the private key whose public half the operator named in ledger.auditors, or leave it out: the answer "
                + "without names needs none."
        case .noSealedDetails:
            "Read the gateway's own ledger directory, or leave the key out: the answer without names needs none."
        }
    }
}
