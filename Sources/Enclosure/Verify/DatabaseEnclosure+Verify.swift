extension DatabaseEnclosure {
    /// Compares the database with what the profiles say, and looks for ways round them that only others can close.
    ///
    /// Changes nothing: what it compiles to compare with is rolled back.
    public func verify(_ profiles: [EnclosureCompiler]) throws(EnclosureError) -> [EnclosureFinding] {
        try withConnection { connection throws(EnclosureError) in
            var findings: [EnclosureFinding] = []
            for profile in profiles { findings += try DriftCheck(profile: profile, connection: connection).findings() }
            return try findings + ExposureCheck(connection: connection).findings(for: profiles)
        }
    }
}
