/// `1 row`, `2 rows`, `1 access`, `0 accesses`: a number with its noun.
///
/// - Parameter many: The plural where it is not the singular and an s.
public func counted(_ count: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
    "\(count) \(count == 1 ? one : many ?? one + "s")"
}
