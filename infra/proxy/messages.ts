/** What the process of the proxies and the one that started it say to each other. */
import type { Trouble } from '../../services/chaos/scenario.ts'
import type { ProxyOptions } from './proxy.ts'

/** A link goes by the number of the request that opened it. */
export type Request = { readonly no: number } & (
  | { readonly act: 'open'; readonly options: ProxyOptions }
  | { readonly act: 'trouble'; readonly link: number; readonly trouble: Trouble }
  | { readonly act: 'close'; readonly link: number }
)

export interface Reply {
  readonly no: number
  /** Of the link; absent when the request failed. */
  readonly port?: number
  readonly failed?: string
}
