import { worlds } from './worlds.ts'

worlds(801, 400)
