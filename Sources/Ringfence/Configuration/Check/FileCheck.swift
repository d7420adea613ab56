internal import Glibc
internal import TransparencyLog

/// The files that the configuration names but ``RingfenceInputs`` does not read.
struct FileCheck {
    let inputs: RingfenceInputs
    let collector: ProblemCollector

    func run() {
        let configuration = inputs.configuration
        let tls = configuration.gateway.tls
        exists(tls.certificate, "gateway.tls.certificate", "Put the gateway's certificate there, in PEM.")
        exists(tls.key, "gateway.tls.key", "Put the certificate's key there, in PEM.", isSecret: true)
        exists(
            tls.clientAuthorities, "gateway.tls.clientAuthorities", "Put the authority of people's certificates there.")
        if let authorities = configuration.store.tlsAuthorities {
            exists(authorities, "store.tlsAuthorities", "Put the authority of the server's certificate there.")
        }
        exists(
            configuration.store.adminPasswordFile, "store.admin.passwordFile",
            "Put the password of \(configuration.store.adminUser) there.", isSecret: true)
        exists(
            configuration.ledger.signingKeyFile, "ledger.signingKey", "Make it with \"ringfence keygen log\".",
            isSecret: true)
        if let file = configuration.ledger.shared?.passwordFile {
            exists(
                file, "ledger.store.postgres.passwordFile", "Put the password of the ledger's role there.",
                isSecret: true)
        }
        if let next = configuration.ledger.nextKeyFile {
            exists(next, "ledger.nextKey", "Make it with \"ringfence ledger rotate\".", isSecret: true)
        }
        for (index, file) in configuration.ledger.auditorKeyFiles.enumerated() {
            auditorKey(file, "ledger.auditors[\(index)]")
        }
        if configuration.ledger.auditorKeyFiles.isEmpty {
            collector.report(
                place("ledger.origin").warning(
                    "no auditor can open the details of entries", "Name an auditor's public key in ledger.auditors."))
        }
        if let witnesses = configuration.ledger.witnessPolicyFile {
            exists(
                witnesses, "ledger.witnesses", "Write it in the format of C2SP tlog-policy; docs/witness.md shows how.")
        }
        secret()
        signingKey()
        nextKey()
        WitnessCheck(inputs: inputs, collector: collector).run()
    }

    private func place(_ setting: String) -> FilePlace { inputs.place(of: setting) }

    private func exists(_ path: String, _ key: String, _ remedy: String, isSecret: Bool = false) {
        let place = place(key)
        guard access(path, R_OK) == 0 else {
            collector.report(place.error("cannot read \(path): \(String(cString: strerror(errno)))", remedy))
            return
        }
        guard isSecret else { return }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & 0o007 != 0 {
            collector.report(
                place.warning("every user of this machine has access to \(path)", "Run chmod o-rwx on it."))
        }
    }

    private func secret() {
        let path = inputs.configuration.secretFile
        let remedy = "Make it with \"ringfence keygen secret\"."
        exists(path, "secret", remedy, isSecret: true)
        let place = place("secret")
        guard let file = try? TextFile(reading: path) else { return }
        let digits = file.bytes.filter { $0 > 0x20 }.map { (0x41...0x46).contains($0) ? $0 + 0x20 : $0 }
        if HexadecimalText.decode(digits).map({ $0.count >= 32 }) != true {
            collector.report(place.error("\(path) does not hold 32 bytes in hexadecimal", remedy))
        }
    }

    private func auditorKey(_ path: String, _ setting: String) {
        let remedy = "Take the .pub file that \"ringfence audit keygen\" wrote for the auditor."
        exists(path, setting, remedy)
        guard let file = try? TextFile(reading: path) else { return }
        do throws(AuditorKeyError) {
            _ = try AuditorPublicKey(parsing: String(decoding: file.bytes, as: UTF8.self))
        } catch {
            collector.report(place(setting).error("\(path) is not an auditor's public key: \(error)", remedy))
        }
    }

    /// The key's name is the log's origin in every checkpoint, whatever the configuration says.
    private func signingKey() {
        let path = inputs.configuration.ledger.signingKeyFile
        guard let file = try? TextFile(reading: path) else { return }
        do {
            let key = try SigningKey(parsing: String(decoding: file.bytes, as: UTF8.self))
            guard key.name != inputs.configuration.ledger.origin else { return }
            collector.report(
                place("ledger.origin").error(
                    "the signing key is that of the log \"\(key.name)\"",
                    "Name that log; one of another name needs a key and a directory of its own."))
        } catch {
            collector.report(
                place("ledger.signingKey").error(
                    "\(path) is not a log's signing key: \(error)", "Make it with \"ringfence keygen log\"."))
        }
    }

    /// During a rotation two keys of one name sign.
    private func nextKey() {
        guard let path = inputs.configuration.ledger.nextKeyFile, let file = try? TextFile(reading: path),
            let signing = try? TextFile(reading: inputs.configuration.ledger.signingKeyFile),
            let key = try? SigningKey(parsing: String(decoding: signing.bytes, as: UTF8.self))
        else { return }
        do {
            _ = try key.rotating(to: SigningKey(parsing: String(decoding: file.bytes, as: UTF8.self)))
        } catch {
            collector.report(
                place("ledger.nextKey").error(
                    "\(path) cannot be the log's next key: \(error)", "Make it with \"ringfence ledger rotate\"."))
        }
    }
}
