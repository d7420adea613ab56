import Glibc
import Synchronization

/// Held from the making of a pipe until its ends are closed to children, and while a child starts: a child that
/// inherited another's end would keep its reader waiting.
private let spawning = Mutex(())

/// A pipe whose ends no child inherits unless it is given them.
struct Pipe {
    let reading: Int32
    let writing: Int32

    init() throws(ChildProcessError) {
        var ends: [Int32] = [-1, -1]
        let made = spawning.withLock { _ in
            pipe(&ends) == 0 && ends.allSatisfy { fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }
        }
        guard made else { throw ChildProcessError(command: "pipe", errno: errno) }
        reading = ends[0]
        writing = ends[1]
    }
}

/// A process started with `posix_spawn` in a process group of its own. A nil descriptor is `/dev/null`.
struct SpawnedProcess: Sendable {
    let identifier: pid_t

    init(
        _ command: [String], environment: [String: String]? = nil, directory: String? = nil,
        input: Int32?, output: Int32?, errors: Int32?
    ) throws(ChildProcessError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (source, target, flags) in [(input, 0, O_RDONLY), (output, 1, O_WRONLY), (errors, 2, O_WRONLY)] {
            if let source {
                posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
            } else {
                posix_spawn_file_actions_addopen(&actions, Int32(target), "/dev/null", flags, 0)
            }
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let words = (directory.map { ["env", "-C", $0] } ?? []) + command
        let arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        let variables = (environment ?? currentEnvironment()).map { strdup("\($0)=\($1)") } + [nil]
        defer { variables.forEach { free($0) } }
        var started: pid_t = 0
        let code = spawning.withLock { _ in
            posix_spawnp(&started, words[0], &actions, &attributes, arguments, variables)
        }
        guard code == 0 else { throw ChildProcessError(command: command[0], errno: code) }
        identifier = started
    }

    /// The exit status, or 128 + the signal that ended it, as a shell counts. To be called once.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) == -1 {
            guard errno == EINTR else { return -1 }
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}

public struct ChildProcessError: Error, CustomStringConvertible {
    public let description: String

    init(command: String, errno: Int32) { description = "\(command): \(String(cString: strerror(errno)))" }
    public init(_ description: String) { self.description = description }
}

/// The environment children get unless told otherwise: ours without what would lead libpq elsewhere.
public func currentEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let text = String(cString: entry)
        if let equals = text.firstIndex(of: "=") {
            let name = String(text[..<equals])
            if !name.hasPrefix("PG") { variables[name] = String(text[text.index(after: equals)...]) }
        }
        next += 1
    }
    return variables
}
