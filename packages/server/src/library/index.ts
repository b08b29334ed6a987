export { Library, type LibraryOptions } from "./library.ts";
export { metadataRoutes } from "./metadata-routes.ts";
export type { SectionType } from "./naming.ts";
export type { ItemType } from "./placement.ts";
export { LibraryQueries } from "./queries.ts";
export type { ScanRequest, ScanResult } from "./scan.ts";
export { guessTypeOfFolder } from "./section-guess.ts";
export { sectionRoutes } from "./section-routes.ts";
export { nameOfFolder, readableFolder, type Section } from "./section-store.ts";
