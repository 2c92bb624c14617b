/**
 * What the promises do not cover, in the words of the README's section on them. A scenario that shows one
 * names it; the page of faults repeats the sentence.
 */
export const LIMITS = {
  brokersGone:
    'While the brokers have no quorum nothing can be stored: no call is decided, none that was acknowledged is lost, and what is overdue is decided as soon as they are back.',
  leaderGone:
    'While a broker is gone, stopped or cut off, calls may be decided late, on partitions of other leaders too, since appends wait for it until its session of 4 s is over and new leaders are found: 11.5 s at most. When brokers give leaders back to one another, calls may be late for 2 s at most.',
  withoutBackup:
    "Without a backup lane a killed router's calls are decided late: by the others after its session of 6 s and a rebalance, or when a router is started again.",
  allRoutersGone:
    'While no router of any lane runs nothing is decided; what is overdue then is decided late, after the calls that can still be on time.',
  cutOff:
    'While neither lane can reach the brokers nothing is decided; calls are on time again when the members are back in their groups.',
  keptOut:
    'While the brokers refuse the routers, for a right that is missing or a certificate that has expired, nothing is decided; calls are on time again, without a restart, once they are let in. A changed password needs a restart of who uses it, before its connections end.',
  starved:
    'While brokers and services get less processor time than they take, or the event loop of a router is held up, calls that are due are decided late; none is lost or doubled.',
} as const

export type LimitName = keyof typeof LIMITS
