extension RingfenceInputs {
    /// Whether a policy can tell one person or service from another of the same attributes: it names one.
    var namesPrincipals: Bool { true }
}
