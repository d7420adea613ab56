import Dispatch
import NIOCore
import Ringfence

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The two clocks a session reads once for each burst.
enum SessionClock {
    static func now() -> Moment {
        Moment(nanoseconds: DispatchTime.now().uptimeNanoseconds, time: time())
    }

    @Sendable static func time() -> EntryTime {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        let milliseconds = Int64(wall.tv_sec) * 1000 + Int64(wall.tv_nsec) / 1_000_000
        return EntryTime(millisecondsSince1970: milliseconds)
    }
}
