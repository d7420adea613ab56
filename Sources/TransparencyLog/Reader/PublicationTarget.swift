/// Where a static copy of a log is put, for any web server or object store to serve (C2SP tlog-tiles).
public protocol PublicationTarget: AnyObject {
    /// The checkpoint that is there; nil if there is none.
    ///
    /// - Throws: An error with the code `unreadable`.
    func checkpoint() throws(LogVerificationError) -> [UInt8]?

    /// Puts a tile or a bundle, which may be on its way when this returns. What is there already is left.
    ///
    /// - Throws: An error with the code `conflict` if something else is there, or `unreadable`; perhaps only with a later
    ///   call.
    func put(_ bytes: [UInt8], at path: TilePath) throws(LogVerificationError)

    /// Makes all tiles last, then the checkpoint new, if it is still the one that was read.
    func replaceCheckpoint(with bytes: [UInt8]) throws(LogVerificationError)

    /// The file that says how far the copy was pruned (docs/formats/pruned.md); nil if there is none.
    func pruneMark() throws(LogVerificationError) -> [UInt8]?

    func replacePruneMark(with bytes: [UInt8]) throws(LogVerificationError)

    /// Removes a full bundle and the partial ones of it, as far as they are there.
    func remove(bundle: TilePath) throws(LogVerificationError)
}
