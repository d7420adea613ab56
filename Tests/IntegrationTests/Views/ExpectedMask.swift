import Foundation

/// What a mask makes of a raw cell, from its description.
enum ExpectedMask {
    case null, email, pseudonym, year, last4
    case constant(String)
    case floor(step: Double)

    /// Nil if `seen` is right, else what is wrong.
    func problem(raw: String?, seen: String?, pseudonyms: inout Pseudonyms) -> String? {
        switch self {
        case .null:
            return seen == nil ? nil : "should be NULL"
        case .constant(let text):
            // Of a missing value either may stand there.
            return seen == text || (raw == nil && seen == nil) ? nil : "should be \(text)"
        case .pseudonym:
            return pseudonyms.problem(raw: raw, seen: seen)
        case .email, .year, .last4, .floor:
            guard let raw else { return seen == nil ? nil : "should be NULL as the value is" }
            guard let seen else { return "should be masked, not NULL" }
            return isRight(raw: raw, seen: seen) ? nil : "is not the mask of the value"
        }
    }

    private func isRight(raw: String, seen: String) -> Bool {
        switch self {
        case .email:
            guard let at = raw.lastIndex(of: "@") else { return false }
            return seen == "\(raw.prefix(1))***\(raw[at...])"
        case .year: return seen == "\(raw.prefix(4))-01-01"
        case .last4: return seen == String(repeating: "*", count: raw.count - 4) + raw.suffix(4)
        case .floor(let step):
            guard let raw = Double(raw), let seen = Double(seen) else { return false }
            return seen == (raw / step).rounded(.down) * step
        case .null, .constant, .pseudonym: return false
        }
    }
}

/// Pseudonyms seen so far in one column: each stands for one value, none is the value itself.
struct Pseudonyms {
    private var ofValue: [String: String] = [:]
    private var valueOf: [String: String] = [:]

    mutating func problem(raw: String?, seen: String?) -> String? {
        guard let raw else { return seen == nil ? nil : "should be NULL as the value is" }
        guard let seen else { return "should be a pseudonym, not NULL" }
        if seen == raw { return "is the value itself" }
        if let before = ofValue.updateValue(seen, forKey: raw), before != seen { return "differs from the time before" }
        if let before = valueOf.updateValue(raw, forKey: seen), before != raw { return "stands for two values" }
        return nil
    }
}
