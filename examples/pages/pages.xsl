<!-- SPDX-License-Identifier: MIT -->
<!-- The pages of both example servers; README.md describes the document they are made from. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">

<xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
<xsl:strip-space elements="*"/>

<xsl:include href="home.xsl"/>
<xsl:include href="admin.xsl"/>

<xsl:template match="/page">
  <html lang="en">
    <head>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title><xsl:apply-templates select="." mode="title"/> · Session3</title>
      <link rel="stylesheet" href="/style.css"/>
    </head>
    <body class="{@server} {@view}">
      <header>
        <p class="brand">Session3</p>
        <p class="answered">
          <span class="unseen">Answered by </span>
          <strong id="server"><xsl:value-of select="@server"/></strong>
          <xsl:text> process </xsl:text>
          <span id="process"><xsl:value-of select="@process"/></span>
          <xsl:if test="@thread">
            <xsl:text> thread </xsl:text>
            <span id="thread"><xsl:value-of select="@thread"/></span>
          </xsl:if>
        </p>
        <nav aria-label="Pages">
          <a id="to-home" href="/">
            <xsl:if test="@view = 'home'">
              <xsl:attribute name="aria-current">page</xsl:attribute>
            </xsl:if>
            <xsl:text>Your session</xsl:text>
          </a>
          <a id="to-admin" href="/admin">
            <xsl:if test="@view = 'admin'">
              <xsl:attribute name="aria-current">page</xsl:attribute>
            </xsl:if>
            <xsl:text>Live sessions</xsl:text>
          </a>
          <xsl:if test="@other"><a id="to-other" href="{@other}">Other server</a></xsl:if>
        </nav>
      </header>
      <main>
        <xsl:apply-templates select="notice"/>
        <xsl:apply-templates select="." mode="main"/>
      </main>
    </body>
  </html>
</xsl:template>

<xsl:template match="notice">
  <p id="notice" role="status"><xsl:value-of select="."/></p>
</xsl:template>

<!-- A form that asks for nothing but its action. -->
<xsl:template name="form">
  <xsl:param name="id"/>
  <xsl:param name="button"/>
  <xsl:param name="kind" select="'plain'"/>
  <form id="{$id}" method="post" action="/{$id}">
    <xsl:call-template name="token"/>
    <button type="submit" class="{$kind}"><xsl:value-of select="$button"/></button>
  </form>
</xsl:template>

<!-- Every form has it; it is empty while the visitor's session is not stored. -->
<xsl:template name="token">
  <input type="hidden" name="csrf_token" value="{/page/csrf-token}"/>
</xsl:template>

<xsl:template match="@created | @accessed">
  <time datetime="{.}Z"><xsl:value-of select="."/></time>
</xsl:template>

<!-- Error -->

<xsl:template match="page[@view = 'error']" mode="title">
  <xsl:value-of select="@status"/>
</xsl:template>

<xsl:template match="page[@view = 'error']" mode="main">
  <section class="error">
    <p class="status"><xsl:value-of select="@status"/></p>
    <h1 id="error"><xsl:value-of select="error"/></h1>
    <p><a href="/">Back to your session</a></p>
  </section>
</xsl:template>

</xsl:stylesheet>
