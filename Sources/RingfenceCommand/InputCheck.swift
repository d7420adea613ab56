import Gateway
import PostgresLog
import Ringfence
import TransparencyLog

extension RingfenceInputs {
    /// Everything that is wrong or odd, and what the gateway could not load.
    func checkAll(live: LiveSchema?) -> [Diagnostic] {
        let problems = TLSFile.problems(
            with: configuration.gateway.clientTLS,
            upstreamAuthorities: configuration.store.tls == .verify ? configuration.store.tlsAuthorities : nil)
        return
            (check(live: live)
            + problems.map { problem in
                let setting =
                    switch problem.role {
                    case .certificate: "gateway.tls.certificate"
                    case .key: "gateway.tls.key"
                    case .clientAuthorities: "gateway.tls.clientAuthorities"
                    case .upstreamAuthorities: "store.tlsAuthorities"
                    }
                return error(in: setting, problem.what, problem.remedy)
            } + (live == nil ? [] : sharedLedgerProblems)).sorted()
    }

    /// Whether the database of a shared ledger can be reached, and holds that ledger.
    private var sharedLedgerProblems: [Diagnostic] {
        guard let shared = configuration.ledger.shared else { return [] }
        do throws(LogError) {
            try SharedLogSchema.check(shared.location(), origin: configuration.ledger.origin)
            return []
        } catch {
            return [
                self.error(
                    in: "ledger.store.postgres", "the ledger cannot be used: \(error)",
                    "Check connection, passwordFile and schema, and that `ringfence ledger init` made it.")
            ]
        }
    }
}

extension GatewaySettings {
    var clientTLS: GatewayOptions.ClientTLS {
        GatewayOptions.ClientTLS(
            certificateFile: tls.certificate, keyFile: tls.key, clientAuthoritiesFile: tls.clientAuthorities)
    }
}
