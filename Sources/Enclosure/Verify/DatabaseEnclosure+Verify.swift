extension DatabaseEnclosure {
    /// Compares the database with what the profiles say, and looks for ways round them that only others can close.
    ///
    /// Changes nothing: what it compiles to compare with is rolled back.
    public func verify(_ profiles: [EnclosureCompiler]) throws(EnclosureError) -> [EnclosureFinding] {
        try withConnection { connection throws(EnclosureError) in
            var findings: [EnclosureFinding] = []
            var compiled: [EnclosureCompiler] = []
            for profile in profiles {
                findings += try DriftCheck(profile: profile, connection: connection).findings()
                let role = try connection.rows("SELECT 1 FROM pg_roles WHERE rolname = $1", [profile.names.role])
                if !role.isEmpty { compiled.append(profile) }
            }
            return try findings + ExposureCheck(connection: connection).findings(for: compiled)
        }
    }
}
