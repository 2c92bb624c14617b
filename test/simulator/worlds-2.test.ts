import { worlds } from './worlds.ts'

worlds(401, 400)
