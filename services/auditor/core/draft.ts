/** A record the auditor wants written, before it is encoded. Its key is the call id. */
import type { RecordOf } from '../../topology.ts'

type AuditTopic = 'audit.decision' | 'audit.fallback' | 'audit.late' | 'call.context'

export type Draft = {
  [T in AuditTopic]: { readonly topic: T; readonly callId: string; readonly value: RecordOf[T] }
}[AuditTopic]
