/** The key of micro-benchmarks. */
import { createPrivacy } from '../../../services/platform/privacy.ts'

export const privacy = createPrivacy({ id: 'k1', secret: 'only for measuring, no secret!!!' })
