public import Cedar

/// What policy decides where something is expected of it.
public struct ExpectationResult: Sendable, Hashable {
    /// One cell, or one row for deleting, and what decided it.
    public struct Finding: Sendable, Hashable {
        /// Nil for a row as a whole.
        public var column: String?
        public var row: [PolicyExpectation.Subject]
        /// Nil if it depends on a key that the expectation does not give.
        public var outcome: PolicyExpectation.Outcome?
        /// The policies that made it so.
        public var policies: [PolicyID]
        /// Why, for a person to read.
        public var reason: String
        public var isAsExpected: Bool
    }

    public var expectation: PolicyExpectation
    public var findings: [Finding]

    public var holds: Bool { findings.allSatisfy(\.isAsExpected) }
}

/// All expectations of a file, and which of them hold.
public struct PolicyTestRun: Sendable {
    public let results: [ExpectationResult]
    let places: PolicyPlaces

    public var failures: [ExpectationResult] { results.filter { !$0.holds } }

    /// Reads a file of expectations and decides each of them.
    ///
    /// - Parameter live: Without a database a table has the columns that the catalog names, and policies cannot ask
    ///   of rows.
    /// - Throws: Every problem of the file.
    public init(
        reading path: String, inputs: RingfenceInputs, live: LiveSchema? = nil
    ) throws(ConfigurationProblems) {
        try self.init(parsing: TextFile(reading: path).text(), file: path, inputs: inputs, live: live)
    }

    init(
        parsing text: String, file: String, inputs: RingfenceInputs, live: LiveSchema? = nil
    ) throws(ConfigurationProblems) {
        if let live { try inputs.refuseUnanswerable(by: live) }
        let rows = live.map { RowVocabulary(inputs.store, $0) } ?? .none
        let expectations = try PolicyExpectationReader.read(text, file: file, inputs: inputs, rows: rows)
        places = PolicyPlaces(inputs.policies)
        var judge = ExpectationJudge(inputs, places: places, live: live)
        var results: [ExpectationResult] = []
        for expectation in expectations {
            do throws(DecisionError) {
                results.append(try judge.result(of: expectation))
            } catch {
                throw ConfigurationProblems(diagnostics: [
                    Diagnostic(
                        file: file, line: expectation.line, column: expectation.column, severity: .error,
                        message: "nothing can be decided: \(error)")
                ])
            }
        }
        self.results = results
    }
}

/// Where policies stand, for what is said about them.
struct PolicyPlaces: Sendable {
    private let spans: [PolicyID: (effect: Effect, file: String, line: Int)]

    init(_ policies: PolicySet) {
        spans = Dictionary(
            (policies.policies + policies.templates).map { ($0.id, ($0.effect, $0.span.file, $0.span.line)) },
            uniquingKeysWith: { first, _ in first })
    }

    func effect(of policy: PolicyID) -> Effect? { spans[policy]?.effect }
    func file(of policy: PolicyID) -> String { spans[policy]?.file ?? "" }
    func line(of policy: PolicyID) -> Int { spans[policy]?.line ?? 0 }

    /// `us-boundary (policy.cedar:33)`
    func words(_ policy: PolicyID) -> String { "\(policy) (\(file(of: policy)):\(line(of: policy)))" }
}
