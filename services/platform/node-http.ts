/**
 * Node's own http. An `import` of it reads all that it exports, and to tell what its `WebSocket` is Node
 * loads the whole of its fetch: 2 MB of every process and 15 ms of its start.
 */
import type * as Http from 'node:http'

export const http: typeof Http = process.getBuiltinModule('node:http')
