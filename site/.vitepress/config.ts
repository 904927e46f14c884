import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { siteUrl } from '@audiozoo/core';
import { defineConfig, type MarkdownEnv, type MarkdownRenderer } from 'vitepress';
import { guide, linkOf, notOnSite, pageOf, repository, root } from '../pages.js';

const api = JSON.parse(readFileSync(join(root, 'site/api/typedoc-sidebar.json'), 'utf8'));
const packages = readdirSync(join(root, 'packages')).map((name) => ({
  text: name,
  link: `/packages/${name}`,
}));

/** Bars of sound. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#3451b2" stroke-width="2" stroke-linecap="round"><path d="M2 7v2M6 3v10M10 5v6M14 7v2"/></svg>',
)}`;

const rendered = new Map<string, string>();

/** A text for the index of the search: once for both bundles, and without the work of coloring its code. */
function renderForSearch(text: string, env: MarkdownEnv, markdown: MarkdownRenderer): string {
  const key = `${env.path}\n${text}`;
  const { highlight } = markdown.options;
  let html = rendered.get(key);
  if (html === undefined) {
    markdown.set({ highlight: null });
    html = markdown.render(text, env);
    markdown.set({ highlight });
    rendered.set(key, html);
  }
  return html;
}

export default defineConfig({
  title: 'audiozoo',
  description: 'Audio models that run wherever JavaScript runs.',
  lang: 'en',
  base: new URL(siteUrl).pathname,
  srcDir: '..',
  srcExclude: notOnSite,
  rewrites: (text) => {
    const page = pageOf(text);
    if (page === undefined) throw new Error(`${text} has no place on the site: site/pages.ts`);
    return page;
  },
  head: [['link', { rel: 'icon', href: icon }]],
  outDir: 'dist',
  cacheDir: '../.cache/vitepress',
  cleanUrls: true,
  ignoreDeadLinks: [/^\/demo\//], // built apart, and followed by the test
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(markdown) {
      // A corner of a table that says nothing heads nothing.
      markdown.core.ruler.push('empty-corners', ({ tokens }) => {
        for (const [index, token] of tokens.entries()) {
          if (token.type !== 'th_open' || tokens[index + 1]!.content !== '') continue;
          token.tag = 'td';
          tokens[index + 2]!.tag = 'td';
        }
      });
      // Code that is only indented, as in comments, looks like other code.
      markdown.core.ruler.push('indented-code', ({ tokens }) => {
        for (const token of tokens.filter(({ type }) => type === 'code_block')) {
          token.type = 'fence';
          token.info = 'ts';
        }
      });
      // What fits a line of a phone: style.css keeps it in one.
      markdown.core.ruler.push('short-code', ({ tokens }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          if (token.type === 'code_inline' && token.content.length <= 30) token.attrJoin('class', 'short');
        }
      });
      markdown.core.ruler.push('links-of-texts', ({ tokens, env }) => {
        const text = env.realPath ?? env.path;
        for (const link of tokens.flatMap(({ children }) => children ?? [])) {
          const href = link.type === 'link_open' && link.attrGet('href');
          if (href) link.attrSet('href', linkOf(href, text.slice(root.length + 1)));
        }
      });
    },
  },
  vite: { configFile: false, build: { chunkSizeWarningLimit: 2000 } },
  sitemap: { hostname: siteUrl },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/start', activeMatch: '^/(?!api|packages|demo|cookbook|bench)' },
      { text: 'Cookbook', link: '/cookbook' },
      { text: 'API', link: '/api/' },
      { text: 'Measurements', link: '/bench' },
      { text: 'Live', link: '/demo/', target: '_self' },
    ],
    sidebar: {
      '/api/': [
        { text: 'API', items: api },
        { text: 'Packages', items: packages },
      ],
      '/packages/': [
        { text: 'Packages', items: packages },
        { text: 'API', items: api },
      ],
      '/': guide.map((group) => ({ ...group, items: [...group.items] })),
    },
    outline: [2, 3],
    search: { provider: 'local', options: { _render: renderForSearch } },
    socialLinks: [{ icon: 'github', link: repository }],
    footer: { message: 'MIT license' },
  },
});
