import Gateway
import Ringfence

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
            }).sorted()
    }
}

extension GatewaySettings {
    var clientTLS: GatewayOptions.ClientTLS {
        GatewayOptions.ClientTLS(
            certificateFile: tls.certificate, keyFile: tls.key, clientAuthoritiesFile: tls.clientAuthorities)
    }
}
