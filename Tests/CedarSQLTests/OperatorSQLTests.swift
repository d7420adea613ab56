import Cedar
import CedarSQL
import Testing
