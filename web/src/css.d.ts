// esbuild gathers the style sheets that components import into one file.
declare module "*.css" {}
