import Glibc

/// State under a lock, with waiting for it to change.
///
/// `Synchronization.Mutex` cannot be waited on; the append path uses that one, and this one where threads sleep.
///
/// @unchecked Sendable: `state` is only touched with `mutex` held; `mutex` and `condition` never move.
package final class Monitor<State: Sendable>: @unchecked Sendable {
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// - Parameter body: Changes the state; says whether the threads that wait must look at it.
    package func update(_ body: (inout State) -> Bool) {
        pthread_mutex_lock(mutex)
        let wakes = body(&state)
        if wakes { pthread_cond_broadcast(condition) }
        pthread_mutex_unlock(mutex)
    }

    package func read<R>(_ body: (State) -> R) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(state)
    }

    /// Sleeps until `body` yields something, which it is asked before the first sleep and after each change, or
    /// until `deadline`, when it is nil.
    package func wait<R>(until deadline: MonotonicTime? = nil, _ body: (inout State) -> R?) -> R? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if let deadline {
                var time = deadline.timespec
                if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return body(&state) }
            } else {
                pthread_cond_wait(condition, mutex)
            }
        }
    }
}

/// A reading of the clock that never jumps.
package struct MonotonicTime: Sendable, Comparable {
    let nanoseconds: UInt64

    package static func now() -> MonotonicTime {
        var time = Glibc.timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    package func advanced(by duration: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds + duration.nanoseconds)
    }

    var timespec: timespec {
        Glibc.timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    var nanoseconds: UInt64 {
        UInt64(clamping: components.seconds) * 1_000_000_000 + UInt64(clamping: components.attoseconds / 1_000_000_000)
    }
}

/// A thread of its own, for work that blocks.
package final class WorkerThread: Sendable {
    private let handle: pthread_t
    private let isJoined = Monitor(false)

    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Throws: The system's error code if there can be no more threads.
    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(StorageError) {
        let work = Unmanaged.passRetained(Work(body))
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw StorageError(code: code, operation: "pthread_create", path: name)
        }
        self.handle = handle
    }

    /// Waits for the thread's end; a second call returns at once.
    package func join() {
        var isFirst = false
        isJoined.update { joined in
            isFirst = !joined
            joined = true
            return false
        }
        if isFirst { pthread_join(handle, nil) }
    }
}
