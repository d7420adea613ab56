import ArgumentParser
import Enclosure
import Ringfence

/// Whether the columns are those of the live database, or those that the catalog names.
struct DatabaseOption: ParsableArguments {
    @Flag(help: "Ask the database which columns there are, and of what types: policies that ask of rows need it.")
    var database = false

    /// Nil where the database is not to be asked.
    func live(_ inputs: RingfenceInputs) throws -> LiveSchema? {
        database ? try inputs.configuration.enclosure().readLiveSchema(inputs.schemas) : nil
    }
}
