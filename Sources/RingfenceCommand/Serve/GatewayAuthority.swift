import Enclosure
import Gateway
import Logging
import NIOPosix
import Ringfence
import Synchronization
import TransparencyLog

/// Answers the gateway's questions from one version of the inputs: who may connect, and on what terms.
///
/// What blocks (the database's catalogs and DDL) runs on threads of its own.
final class GatewayAuthority: SessionAuthority {
    private let inputs: RingfenceInputs
    private let compiler: ProfileCompiler
    private let enclosure: DatabaseEnclosure
    private let ledger: GatewayLedger
    private let threads: NIOThreadPool
    private let log: Logger
    /// Profiles this process has said in the ledger that it uses.
    private let recorded = Mutex<Set<ProfileDigest>>([])
    /// By the principal's name: each has decided everything once more, and none changes while the inputs do not.
    private let advice = Mutex<[ExactText: ProfileAdvice]>([:])

    init(
        _ inputs: RingfenceInputs, compiler: ProfileCompiler, enclosure: DatabaseEnclosure, ledger: GatewayLedger,
        threads: NIOThreadPool, log: Logger
    ) {
        self.inputs = inputs
        self.compiler = compiler
        self.enclosure = enclosure
        self.ledger = ledger
        self.threads = threads
        self.log = log
    }

    func mayConnect(certificateSubjects subjects: [String], as user: String) -> Bool {
        guard let person = inputs.directory.people.first(where: { $0.name.utf8.elementsEqual(user.utf8) }) else {
            return false
        }
        return subjects.contains { subject in
            person.certificateSubjects.contains { $0.utf8.elementsEqual(subject.utf8) }
        }
    }

    func scramVerifier(of user: String) -> String? {
        inputs.directory.services.first { $0.name.utf8.elementsEqual(user.utf8) }?.scramVerifier
    }

    func open(_ request: SessionRequest) async throws(SessionRefusal) -> SessionTerms {
        guard let principal = principal(request.user, by: request.method) else {
            throw SessionRefusal(sqlState: "28000", message: "the directory does not know \"\(request.user)\"")
        }
        let database = inputs.configuration.store.database
        guard request.database.utf8.elementsEqual(database.utf8) else {
            throw SessionRefusal(
                sqlState: "3D000", message: "database \"\(request.database)\" is not behind this gateway",
                hint: "Connect to \"\(database)\".")
        }
        return try await onThread { try self.terms(of: principal, request) }
    }

    func upstreamPasswordRefused(_ terms: SessionTerms) async throws(SessionRefusal) -> SessionTerms {
        try await onThread {
            let decided = try self.compiler.profile(for: terms.principal)
            let role = try self.enclosure.resetPassword(of: terms.principal.name, self.profile(decided))
            self.log.warning(
                "a login role's password had been changed and was reset", metadata: ["role": "\(role.role)"])
            if let epoch = self.ledger.sealer.epoch {
                try self.ledger.appendDurably(
                    GatewayEntries.passwordReset(store: self.inputs.store.name, role: role.role, epoch: epoch, at: .now)
                )
            }
            var terms = terms
            terms.upstreamPassword = role.password
            return terms
        }
    }

    func loginRefused(_ attempt: RefusedLogin) {
        guard let epoch = ledger.sealer.epoch else { return }
        let known = principal(attempt.user, by: .certificate) ?? principal(attempt.user, by: .scram)
        let reason =
            attempt.certificateSubjects.isEmpty
            ? "login refused" : "login refused; certificate of \(attempt.certificateSubjects.joined(separator: "; "))"
        // A ledger that takes nothing now refuses every statement as well; there is no one to tell of this.
        try? ledger.append(
            GatewayEntries.loginDenied(
                principal: known, name: attempt.user, address: attempt.sourceAddress, sqlstate: attempt.sqlState,
                reason: reason, epoch: epoch, at: .now))
    }

    private func principal(_ user: String, by method: SessionRequest.Method) -> Principal? {
        switch method {
        case .certificate:
            inputs.directory.people.first { $0.name.utf8.elementsEqual(user.utf8) }.map(Principal.person)
        case .scram:
            inputs.directory.services.first { $0.name.utf8.elementsEqual(user.utf8) }.map(Principal.service)
        }
    }

    private func profile(_ decided: DecidedProfile) -> EnclosureCompiler {
        EnclosureCompiler(decided.profile, digest: decided.digest, catalog: inputs.catalog, live: compiler.live)
    }

    private func terms(of principal: Principal, _ request: SessionRequest) throws -> SessionTerms {
        let decided = try compiler.profile(for: principal)
        guard !decided.profile.tables.isEmpty else {
            throw SessionRefusal(
                sqlState: "42501", message: "policy grants \"\(principal.name)\" nothing in this database",
                detail: "No policy permits \(principal.name) (\(principal.location)) any column of any table.",
                hint: "`ringfence explain --as \(principal.name)` shows each decision.")
        }
        let profile = profile(decided)
        let role = try enclosure.ensureLogin(principal.name, profile)
        try record(decided)
        let facts = SessionFacts(
            principal: principal, store: inputs.store.name, profile: decided.digest.content,
            policy: inputs.policyFiles.digest, isWhollyClear: decided.profile.isWhollyClear, reach: decided.reach.json,
            address: request.sourceAddress, application: request.applicationName,
            authentication: request.method.rawValue, gateway: ledger.gateway)
        return SessionTerms(
            principal: principal, upstreamRole: role.role, upstreamPassword: role.password,
            database: inputs.configuration.store.database, searchPath: role.searchPath,
            schemas: SchemaMap(
                schemas: role.schemas, tables: Set(decided.profile.tables.map(\.name)),
                copyTargets: Dictionary(
                    uniqueKeysWithValues: decided.profile.tables.map {
                        ($0.name, EnclosureNames.copyTarget(of: $0.name))
                    }),
                columns: Set(compiler.live.tables.flatMap(\.columns).map(\.name))),
            mayWrite: decided.profile.mayWrite, profile: decided.digest.short,
            entries: try SessionEntries(facts, sealer: ledger.sealer),
            advice: try advice(for: principal))
    }

    private func advice(for principal: Principal) throws -> ProfileAdvice {
        let name = ExactText(principal.name)
        if let known = advice.withLock({ $0[name] }) { return known }
        let made = ProfileAdvice(try Explanation(principal, by: compiler))
        advice.withLock { $0[name] = made }
        return made
    }

    /// Before its first session here, what a profile is stands in the ledger.
    private func record(_ decided: DecidedProfile) throws {
        guard recorded.withLock({ !$0.contains(decided.digest) }) else { return }
        try ledger.appendDurably(
            GatewayEntries.profile(
                decided.digest.content, store: inputs.store.name, policy: inputs.policyFiles.digest,
                isWhollyClear: decided.profile.isWhollyClear, reach: decided.reach.json, at: .now))
        recorded.withLock { _ = $0.insert(decided.digest) }
    }

    /// Runs what blocks away from the event loops; a client learns only what concerns it.
    private func onThread<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws(SessionRefusal) -> R {
        do {
            return try await threads.runIfActive(work)
        } catch let refusal as SessionRefusal {
            throw refusal
        } catch let error as EnclosureError where error.code == .unreachable {
            log.error("PostgreSQL cannot be reached", metadata: ["error": "\(error)"])
            throw SessionRefusal(
                sqlState: "08006", message: "the database behind the gateway cannot be reached",
                hint: "Try again in a moment; if it lasts, tell the operator.")
        } catch let error as LogError where error.isRetryable {
            log.error("a session could not be recorded", metadata: ["error": "\(error)"])
            throw SessionRefusal(
                sqlState: "57P03", message: "no session is opened now: the access ledger takes no entries",
                hint: "Try again in a moment; service resumes by itself. The operator has been told.")
        } catch {
            log.error("a session could not be prepared", metadata: ["error": "\(error)"])
            throw SessionRefusal(
                sqlState: "58000", message: "the gateway could not prepare this session",
                hint: "The operator finds the reason in the gateway's log.")
        }
    }
}

extension Profile {
    /// Whether any of its statements could change anything.
    fileprivate var mayWrite: Bool {
        isWhollyClear || tables.contains { !$0.insert.isNever || !$0.update.isNever || !$0.delete.isNever }
    }
}
