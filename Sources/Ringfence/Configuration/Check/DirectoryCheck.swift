/// What is odd between the entries of a directory.
struct DirectoryCheck {
    let inputs: RingfenceInputs
    let collector: ProblemCollector

    func run() {
        var owners: [ExactText: String] = [:]
        for person in inputs.directory.people {
            for subject in person.certificateSubjects {
                if let other = owners.updateValue(person.name, forKey: ExactText(subject)),
                    !other.isExactly(person.name)
                {
                    collector.report(
                        place(person.name).warning(
                            "\"\(person.name)\" and \"\(other)\" have the certificate \(subject)",
                            "Give each person a certificate of their own: who connected is told by name only."))
                }
            }
        }
        let members = inputs.directory.principals.flatMap(\.teams)
        for team in inputs.directory.teams where !members.containsExactly(team) {
            collector.report(
                inputs.places.directory[.team(ExactText(team))].warning(
                    "team \"\(team)\" has no members", "Take it away if no policy needs it."))
        }
    }

    private func place(_ name: String) -> FilePlace { inputs.places.directory[.principal(ExactText(name))] }
}
