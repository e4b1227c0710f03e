@echo off
rem Runs the descant command of this checkout: descant ARGS...
rem Builds Release on first use; after changing sources, delete artifacts\launcher.stamp to build again.
setlocal
set "root=%~dp0"
set "program=%root%artifacts\bin\Descant.Cli\release\Descant.Cli.dll"
set "stamp=%root%artifacts\launcher.stamp"
set "log=%root%artifacts\launcher.log"

set "host=dotnet"
where dotnet >nul 2>nul && goto found
set "host=%DOTNET_ROOT%\dotnet.exe"
if exist "%host%" goto found
set "host=%ProgramFiles%\dotnet\dotnet.exe"
if exist "%host%" goto found
echo descant: the .NET 10 SDK is missing; install it from https://dot.net/download and run this again 1>&2
exit /b 1

:found
if exist "%program%" if exist "%stamp%" goto run
"%host%" --list-sdks 2>nul | findstr /b "10\." >nul
if errorlevel 1 (
  echo descant: building needs the .NET 10 SDK; install it from https://dot.net/download and run this again 1>&2
  exit /b 1
)
if not exist "%root%artifacts" mkdir "%root%artifacts"
echo descant: building ^(once; later starts are instant^) ... 1>&2
pushd "%root%"
"%host%" build src\Descant.Cli -c Release -v quiet --nologo >"%log%" 2>&1
set "status=%errorlevel%"
popd
if "%status%"=="0" goto built
echo descant: the build failed; the whole log is in "%log%" 1>&2
exit /b 1

:built
type nul >"%stamp%"

:run
"%host%" "%program%" %*
exit /b %errorlevel%
