@echo off
rem Runs the descant command of this checkout: descant ARGS...
rem Builds Release on first use; after changing sources, delete artifacts\launcher.stamp or run dotnet build.
setlocal
set "root=%~dp0"
set "program=%root%artifacts\bin\Descant.Cli\release\Descant.Cli.dll"
where dotnet >nul 2>nul || (
  echo descant: the .NET 10 SDK is missing; install it from https://dot.net/download and run this again 1>&2
  exit /b 1
)
if not exist "%program%" goto build
if not exist "%root%artifacts\launcher.stamp" goto build
goto run
:build
if not exist "%root%artifacts" mkdir "%root%artifacts"
pushd "%root%"
dotnet build src\Descant.Cli -c Release -v quiet --nologo >"%root%artifacts\launcher.log" 2>&1
set "status=%errorlevel%"
popd
if not "%status%"=="0" (
  echo descant: the build failed; the whole log is in %root%artifacts\launcher.log 1>&2
  exit /b 1
)
type nul >"%root%artifacts\launcher.stamp"
:run
dotnet "%program%" %*
exit /b %errorlevel%
