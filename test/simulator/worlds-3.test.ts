import { worlds } from './worlds.ts'

worlds(501, 250)
