public import TransparencyLog

/// How requests reach a witness. Over HTTP but in tests.
public protocol WitnessTransport: Sendable {
    /// Posts to `add-checkpoint` under a submission prefix.
    ///
    /// - Throws: What kept an answer from coming, in a sentence's words.
    func addCheckpoint(_ request: [UInt8], to url: HTTPPrefix) async throws -> WitnessAnswer
}

/// No answer came.
public struct WitnessUnreachable: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
